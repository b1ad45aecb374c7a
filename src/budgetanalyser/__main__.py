"""`python -m budgetanalyser` is the same as the script `budgetanalyser`."""

import sys

from budgetanalyser.cli import main

sys.exit(main())
