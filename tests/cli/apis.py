"""Servers that behave as the senders' own do, when a webhook is made by their
APIs: as far as their documents say."""
import http.server
import json
import os
import threading

TOKEN = 'the-token-0123456789'
PROJECT_ID = '44f9aa4c-5d2f-4b33-8c4f-6c7d7b0a3b5f'
# what each one wants: the project, the paths, the header with the token
SENDERS = {
    'github': ('acme/widget', '/repos/acme/widget/hooks',
               ('Authorization', 'Bearer ' + TOKEN)),
    'gitlab': ('acme/widget', '/api/v4/projects/acme%2Fwidget/hooks',
               ('PRIVATE-TOKEN', TOKEN)),
    'gitea': ('acme/widget', '/api/v1/repos/acme/widget/hooks',
              ('Authorization', 'token ' + TOKEN)),
    'forgejo': ('acme/widget', '/api/v1/repos/acme/widget/hooks',
                ('Authorization', 'token ' + TOKEN)),
    'circleci': ('gh/acme/widget', '/api/v2/webhook', ('Circle-Token', TOKEN)),
}


def hook_of(sender, body):
    """(address, secret) of what was asked for, which must be complete"""
    if sender == 'gitlab':
        assert body['push_events'] and body['pipeline_events']
        assert body['enable_ssl_verification'] is True
        return body['url'], body['token']
    if sender == 'circleci':
        assert body['scope'] == {'id': PROJECT_ID, 'type': 'project'}, body
        assert body['verify-tls'] is True and body['name']
        assert set(body['events']) <= {'workflow-completed', 'job-completed'}
        return body['url'], body['signing-secret']
    assert body['active'] is True and body['events']
    if sender == 'github':
        assert body['name'] == 'web' and body['config']['insecure_ssl'] == '0'
    else:
        assert body['type'] == sender
    assert body['config']['content_type'] == 'json'
    return body['config']['url'], body['config']['secret']


def seen_by_others(text):
    """the processes whose command line or environment has it"""
    found = []
    for pid in filter(str.isdigit, os.listdir('/proc')):
        for name in 'cmdline', 'environ':
            try:
                with open(f'/proc/{pid}/{name}', 'rb') as f:
                    if text.encode() in f.read():
                        found.append((pid, name))
            except OSError:
                pass
    return found


class Api:
    """one sender's; answer: what it answers a POST, instead of making it"""

    def __init__(self, sender, answer=None):
        self.hooks, self.problems, self.answer = [], [], answer
        self.release = threading.Event()
        _, path, (header, value) = SENDERS[sender]
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def reply(self, status, value):
                data = json.dumps(value).encode()
                self.send_response(status)
                self.send_header('Content-Length', str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def allowed(self):
                api.problems += seen_by_others(TOKEN)
                if self.headers[header] == value and \
                        self.headers['User-Agent']:
                    return True
                self.reply(401, {'message': 'Bad credentials'})
                return False

            def do_GET(self):
                if not self.allowed():
                    return
                if self.path == '/api/v2/project/gh/acme/widget':
                    self.reply(200, {'slug': 'gh/acme/widget',
                                     'id': PROJECT_ID})
                else:
                    self.reply(404, {'message': 'Project not found'})

            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length']))
                if not self.allowed():
                    return
                if api.answer == 'slow':
                    api.release.wait(300)
                elif api.answer:
                    self.reply(*api.answer)
                elif self.path != path:
                    self.reply(404, {'message': 'Not Found'})
                else:
                    api.make(self, sender, json.loads(body))

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0),
                                                      Handler)
        self.url = f'http://127.0.0.1:{self.server.server_port}'

    def make(self, handler, sender, body):
        try:
            hook = hook_of(sender, body)
        except (AssertionError, KeyError) as error:
            self.problems.append(repr(error))
            handler.reply(422, {'message': 'Validation Failed'})
            return
        if hook[0] in [h[0] for h in self.hooks]:
            handler.reply(422, {
                'message': 'Validation Failed',
                'errors': [{'message': 'Hook already exists on this '
                            'repository'}]})
            return
        self.hooks.append(hook)
        handler.reply(201, {'id': 1, 'config': {'secret': '********'}})

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever,
                         kwargs={'poll_interval': 0.02}).start()
        return self

    def __exit__(self, *_):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()
