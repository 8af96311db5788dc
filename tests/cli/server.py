"""A web server in a thread: it answers whatever a test wants, or runs the
responder as CGI."""
import contextlib
import http.server
import os
import ssl
import subprocess
import threading

from tool import BUILD


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        status, headers, text = self.server.answer(self, body)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def fixed(status, text=b'<html>', **headers):
    return lambda request, body: (status, headers, text)


def cgi(conf):
    """the responder, as a web server runs it"""
    def answer(request, body, target=None):
        path, _, query = request.path.partition('?')
        environment = {
            'CGIHOOK_CONFIG': conf, 'REQUEST_METHOD': 'POST',
            'GATEWAY_INTERFACE': 'CGI/1.1', 'SERVER_PROTOCOL': 'HTTP/1.1',
            'SCRIPT_NAME': '/hook', 'PATH_INFO': path.removeprefix('/hook'),
            'REQUEST_URI': target or request.path, 'QUERY_STRING': query,
            'CONTENT_LENGTH': str(len(body)), 'REMOTE_ADDR': '127.0.0.1'}
        for name, value in request.headers.items():
            name = name.upper().replace('-', '_')
            environment[name if name == 'CONTENT_TYPE'
                        else 'HTTP_' + name] = value
        out = subprocess.run([BUILD + '/cgihook.fcgi'], input=body,
                             env=environment, capture_output=True).stdout
        head, _, text = out.partition(b'\r\n\r\n')
        headers = dict(line.split(': ', 1)
                       for line in head.decode().split('\r\n'))
        status = int(headers.pop('Status', '200').split()[0])
        assert ('Content-Length' in headers) == (status != 204), headers
        headers.pop('Content-Length', None)
        return status, headers, text
    return answer


@contextlib.contextmanager
def serve(answer, certificate=None):
    """the address, while it is served"""
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    server.answer = answer
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    # the end of it is looked for so often: half a second would be waited for
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield (f'http{"s" if certificate else ""}://127.0.0.1:'
               f'{server.server_port}/hook')
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def openssl(*words):
    subprocess.run(['openssl', *words], check=True, capture_output=True)


def chains(folder):
    """{what is wrong: what a web server sends}, by a CA of its own; its root,
    for CURL_CA_BUNDLE, is under "root". Each file holds the key, too."""
    def at(name):
        return os.path.join(folder, name)

    def sign(name, issuer, days, extensions):
        with open(at('extensions'), 'w') as f:
            f.write(extensions)
        openssl('x509', '-req', '-in', at('request'), '-CA', at(issuer),
                '-CAkey', at('key'), '-days', str(days), '-out', at(name),
                '-extfile', at('extensions'))

    def join(name, *parts):
        text = ''
        for part in parts + ('key',):
            with open(at(part)) as f:
                text += f.read()
        with open(at(name), 'w') as f:
            f.write(text)
        return at(name)

    here = 'subjectAltName=DNS:localhost,IP:127.0.0.1'
    ca = 'basicConstraints=critical,CA:TRUE'
    openssl('genpkey', '-algorithm', 'ed25519', '-out', at('key'))
    for name, subject, more in (('root', 'Test Root', ca),
                                ('alone', 'hooks', here)):
        openssl('req', '-x509', '-key', at('key'), '-out', at(name), '-days',
                '9', '-subj', '/CN=' + subject, '-addext', more)
    openssl('req', '-new', '-key', at('key'), '-out', at('request'), '-subj',
            '/CN=Test Intermediate')
    sign('inter', 'root', 9, ca)
    openssl('req', '-new', '-key', at('key'), '-out', at('request'), '-subj',
            '/CN=hooks')
    sign('leaf', 'inter', 9, here)
    sign('old', 'inter', -1, here)
    sign('other', 'inter', 9, 'subjectAltName=DNS:other.example')
    return {'root': at('root'), 'good': join('1', 'leaf', 'inter'),
            'missing': join('2', 'leaf'), 'expired': join('3', 'old', 'inter'),
            'name': join('4', 'other', 'inter'),
            'self': join('5', 'alone'),
            'private': join('6', 'leaf', 'inter', 'root')}
