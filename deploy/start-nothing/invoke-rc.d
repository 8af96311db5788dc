#!/bin/sh
# Stands in for invoke-rc.d, update-rc.d, deb-systemd-invoke, deb-systemd-helper
# and pg_createcluster while deploy/install-deps installs packages: a server that
# came for the tests is neither started now nor at the next boot, and there is
# nothing that it could be started with.
exit 0
