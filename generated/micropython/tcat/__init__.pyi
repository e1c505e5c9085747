# Copied from runtime/micropython/__init__.pyi: edit that.
from .modem import Error as Error
from .modem import Modem as Modem
