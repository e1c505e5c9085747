from .modem import Error as Error
from .modem import Modem as Modem
