"""The factory line, by subject: orders, results, ledger, labels, and the line itself."""
