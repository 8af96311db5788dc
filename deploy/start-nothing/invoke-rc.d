#!/bin/sh
# Stands in for invoke-rc.d, update-rc.d, deb-systemd-invoke and
# deb-systemd-helper while deploy/install-deps installs packages: a web server
# that came for the tests is neither started now nor at the next boot.
exit 0
