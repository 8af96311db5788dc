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


def self_signed(folder):
    """a certificate that nobody trusts"""
    path = os.path.join(folder, 'certificate.pem')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ed25519', '-nodes',
                    '-subj', '/CN=localhost', '-days', '1', '-keyout', path,
                    '-out', path + '.crt'], check=True, capture_output=True)
    with open(path, 'a') as f, open(path + '.crt') as crt:
        f.write(crt.read())
    return path
