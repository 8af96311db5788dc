"""What a disk may hold when the power goes: powercut.c's record, played back.

A sector of 512 bytes holds what it held at the last sync of its file, or anything
that was written there since; the length of a file and each name in a folder
likewise. A sync that failed leaves that open for good: the kernel takes the pages
for clean, and only what is written anew can become certain (fsync(2))."""
import mmap
import os
import struct

SECTOR = 512
ROOM_FIRST, SIZE = 4096, 256 << 20
ENTRY = struct.Struct('=c7xQII')
HEAD = struct.Struct('=QQQ')


class Record:
    """the file that all programs write down in"""

    def __init__(self, path):
        self.path = path
        with open(path, 'wb') as f:
            f.truncate(SIZE)
        with open(path, 'r+b') as f:
            self.map = mmap.mmap(f.fileno(), SIZE)

    def used(self):
        return HEAD.unpack_from(self.map, 0)[0] or ROOM_FIRST

    def calls(self):
        """how many were counted for a fault; and begins to count anew"""
        used, size, calls = HEAD.unpack_from(self.map, 0)
        HEAD.pack_into(self.map, 0, used, size, 0)
        return calls

    def entries(self):
        """(where it ends, what, name, at, data), in the order of events"""
        at, end = ROOM_FIRST, self.used()
        found = []
        while at < end:
            what, where, name_len, data_len = ENTRY.unpack_from(self.map, at)
            at += ENTRY.size
            name = self.map[at:at + name_len].decode()
            at += name_len
            data = self.map[at:at + data_len]
            at += data_len
            found.append((at, what.decode(), name, where, data))
        return found

    def close(self):
        self.map.close()
        os.unlink(self.path)


class Versions:
    """what places may hold: place: [(when, value), ...], the certain one first;
    a place that is certain is not in it"""

    def __init__(self):
        self.open = {}
        self.new = set()        # written since the last sync, good or bad
        self.lost = set()       # a sync of it failed, and nothing since

    def put(self, place, before, when, value):
        self.open.setdefault(place, [(-1, before)]).append((when, value))
        self.new.add(place)

    def synced(self, good):
        if good:
            for place in list(self.open):
                if place in self.new or place not in self.lost:
                    del self.open[place]
                    self.lost.discard(place)
        else:
            self.lost.update(self.open)
        self.new.clear()


class File:
    def __init__(self, data=b''):
        self.data = bytearray(data)
        self.sectors, self.size = Versions(), Versions()

    def resize(self, when, length):
        """what is cut off stays where it was, as long as the length is not certain;
        what is added is zeros"""
        before = len(self.data)
        if length != before:
            self.size.put('', before, when, length)
        if length < before:
            for n in range(length // SECTOR, -(-before // SECTOR)):
                self.sectors.open.setdefault(n, [(-1, self.sector(n))])
            del self.data[length:]
            return
        self.data.extend(bytes(length - before))
        for n in range(before // SECTOR, -(-length // SECTOR)):
            if n in self.sectors.open:
                self.sectors.put(n, b'', when, self.sector(n))

    def sector(self, n):
        return bytes(self.data[n * SECTOR:(n + 1) * SECTOR]).ljust(SECTOR,
                                                                   b'\0')

    def write(self, when, at, data):
        end = at + len(data)
        numbers = range(at // SECTOR, -(-end // SECTOR))
        before = [self.sector(n) for n in numbers]
        # what is written at its end makes its length certain again
        if end >= len(self.data) and '' in self.size.open:
            self.size.new.add('')
        if end > len(self.data):
            self.resize(when, end)
        self.data[at:end] = data
        for n, old in zip(numbers, before):
            self.sectors.put(n, old, when, self.sector(n))

    def synced(self, good):
        self.sectors.synced(good)
        self.size.synced(good)

    def held(self, choose):
        size = choose(self.size.open['']) if self.size.open else len(self.data)
        out = self.data[:size].ljust(size, b'\0')
        for n, versions in self.sectors.open.items():
            if n * SECTOR < size:
                part = choose(versions)[:size - n * SECTOR]
                out[n * SECTOR:n * SECTOR + len(part)] = part
        return bytes(out)


class Folder:
    def __init__(self):
        self.names = {}
        self.open = Versions()

    def put(self, when, name, value):
        self.open.put(name, self.names.get(name), when, value)
        self.names[name] = value

    def synced(self, good):
        self.open.synced(good)

    def held(self, choose):
        return {name: choose(self.open.open[name]) if name in self.open.open
                else value for name, value in self.names.items()}


class Disk:
    """as it is at an entry of a record, and may be after a cut there"""

    def __init__(self, folder=None):
        self.root = self.read(folder) if folder else Folder()

    def read(self, path):
        """what is certain to begin with"""
        found = Folder()
        for name in os.listdir(path):
            below = f'{path}/{name}'
            if os.path.isdir(below):
                found.names[name] = self.read(below)
            elif os.path.isfile(below) and not name.endswith('-shm'):
                with open(below, 'rb') as f:
                    found.names[name] = File(f.read())
        return found

    def find(self, path):
        """(its folder, its name there)"""
        folder = self.root
        parts = path.split('/')
        for part in parts[:-1]:
            folder = folder.names[part]
        return folder, parts[-1]

    def get(self, path):
        if path == '.':
            return self.root
        folder, name = self.find(path)
        return folder.names.get(name)

    def apply(self, entry):
        when, what, path, at, data = entry
        if what == 'A' or path.endswith(' (deleted)'):
            return
        if what in 'CMDR':
            folder, name = self.find(path)
            value = folder.names.get(name)
            if what in 'CM':
                folder.put(when, name, File() if what == 'C' else Folder())
                return
            folder.put(when, name, None)
            if what == 'R':
                folder, name = self.find(data.decode())
                folder.put(when, name, value)
            return
        found = self.get(path)
        if found is None:
            return
        if what == 'W':
            found.write(when, at, data)
        elif what == 'T':
            found.resize(when, at)
        elif what == 'Y':
            self.sync_all(self.root)
        else:
            found.synced(what == 'S')

    def sync_all(self, folder):
        folder.synced(True)
        for value in folder.names.values():
            if isinstance(value, Folder):
                self.sync_all(value)
            elif value is not None:
                value.synced(True)

    def write_to(self, path, choose):
        """a disk that it may be"""
        self._write(self.root, path, choose)

    def _write(self, folder, path, choose):
        os.makedirs(path, 0o700, exist_ok=True)
        for name, value in folder.held(choose).items():
            if isinstance(value, Folder):
                self._write(value, f'{path}/{name}', choose)
            elif value is not None:
                fd = os.open(f'{path}/{name}', os.O_WRONLY | os.O_CREAT, 0o660)
                with os.fdopen(fd, 'wb') as f:
                    f.write(value.held(choose))


def choices(random_, first, last):
    """functions that choose one of a place's versions; the disk had from the entry
    "first" to the entry "last" to write them. Each is a way in which disks lose
    power."""
    when = random_.uniform(first, last)
    share = random_.choice((0.02, 0.1, 0.5, 0.9, 0.98))

    def nothing(versions):
        return versions[0][1]

    def everything(versions):
        return versions[-1][1]

    def in_order(versions):
        return [value for at, value in versions if at <= when][-1]

    def torn(versions):
        if random_.random() < share:
            return versions[-1][1]
        return random_.choice(versions)[1]

    return [nothing, everything, in_order, torn, torn]
