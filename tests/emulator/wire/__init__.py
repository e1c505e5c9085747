"""The emulator on the wire, counted by the sections of the page it was written from.

That page (WIRE: what the module really puts on the wire) is not part of the repository. It was drawn from the vendor's
published firmware and sources and from recorded exchanges, none of them measured on a module here. The number in a
file's name and first line is the section that it counts:

    1 the serial line       5 how a command is read     8 URCs
    2 the two printers      6 TCMQTTPUB, TCMQTTPUBL     9 an upgrade
    3 which forms exist     7 bytes by length          10 the plain ESP-AT commands
    4 answers in order
"""
