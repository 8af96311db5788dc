"""Bodies that nobody signed, sent straight to a FastCGI socket or to an HTTP
port, as large as they can be made, as many at once as one likes."""
import contextlib
import socket
import struct
import threading

BEGIN_REQUEST, PARAMS, STDIN = 1, 4, 5
CHUNK = b'x' * 65528


def record(kind, content=b''):
    """FastCGI specification 3.3"""
    return struct.pack('>BBHHBx', 1, kind, 1, len(content), 0) + content


def pairs(variables):
    """FastCGI specification 3.4"""
    return b''.join(struct.pack('>II', len(name) | 1 << 31,
                                len(value) | 1 << 31) + name + value
                    for name, value in variables.items())


def fastcgi(path, body_bytes, announced):
    """one request; the first line of what came back, or how it ended"""
    variables = {
        b'REQUEST_METHOD': b'POST', b'SCRIPT_NAME': b'/cgihook.fcgi',
        b'PATH_INFO': b'/circleci', b'REQUEST_URI': b'/cgihook.fcgi/circleci',
        b'SERVER_PROTOCOL': b'HTTP/1.1', b'REMOTE_ADDR': b'192.0.2.17',
        b'CONTENT_TYPE': b'application/json',
        b'HTTP_CIRCLECI_SIGNATURE': b'v1=' + 64 * b'0'}
    if announced:
        variables[b'CONTENT_LENGTH'] = b'%d' % body_bytes
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(path)
        s.settimeout(60)
        s.sendall(record(BEGIN_REQUEST, struct.pack('>HB5x', 1, 0)) +
                  record(PARAMS, pairs(variables)) + record(PARAMS))
        piece = record(STDIN, CHUNK)
        left = body_bytes
        with contextlib.suppress(OSError):
            while left > 0:
                s.sendall(piece)
                left -= len(CHUNK)
            s.sendall(record(STDIN))
        with contextlib.suppress(OSError):
            return s.recv(4096)[8:].split(b'\r\n')[0].decode()
    return 'broken off'


def http(port, path, body_bytes):
    with socket.create_connection(('127.0.0.1', port)) as s:
        s.settimeout(60)
        s.sendall(b'POST %s HTTP/1.1\r\nHost: bench\r\nContent-Type: '
                  b'application/json\r\nContent-Length: %d\r\n'
                  b'circleci-signature: sha256=%s\r\n\r\n'
                  % (path.encode(), body_bytes, 64 * b'0'))
        left = body_bytes
        with contextlib.suppress(OSError):
            while left > 0:
                s.sendall(CHUNK[:left])
                left -= len(CHUNK)
        with contextlib.suppress(OSError):
            return s.recv(4096).split(b'\r\n')[0].decode()
    return 'broken off'


def at_once(count, function, *arguments):
    """what each of them got"""
    replies = []
    threads = [threading.Thread(target=lambda: replies.append(
        function(*arguments))) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replies
