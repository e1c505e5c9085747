"""First boot: without an access point, opens one of its own and lets the app hand over the real one."""

import wiring
from tcat import Modem
from tcat.provisioning import softap

modem = Modem(wiring.uart())
modem.start()
if modem.ip_status()[0] == 5:  # not joined
    print("open the app and join `set me up`")
    state, code, sub_code = modem.run(softap(modem, "set me up", "12345678"))
    print(state, code, sub_code)
joined = modem.access_point()  # None without a network
print("joined:", joined and joined[0])
