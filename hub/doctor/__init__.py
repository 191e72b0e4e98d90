"""What an admin would look at: is everything there that the hub needs, and in order. Nothing is changed.

finding     what a check found
machine     Python, plugins, disk, files and their rights
storing     the database, the daemon, messages and tokens that wait
reaching    names, proxies, certificates, clocks, servers that are being switched off
examination all of it
bundle      what may be shown to somebody else of it: `hub diagnostics`
"""
