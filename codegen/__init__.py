"""From spec/commands.yaml to both drivers: strict load, frozen model, text tables, Jinja, black, compare."""
