"""The command `tencent-at`: what a person at a desk does with the module, one file per subject."""
