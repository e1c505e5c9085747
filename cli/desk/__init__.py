"""What all commands share: their options, the port, the output, the exit codes, secrets."""
