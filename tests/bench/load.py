"""The load: signed CircleCI events, each another one, and wrk to send them."""
import datetime
import hashlib
import hmac
import json
import os
import subprocess
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
PAYLOAD = (os.path.dirname(HERE) + '/vectors/circleci/payloads/'
           'workflow-completed.github-app-push.json')
SECRET = b'the secret of the benchmark'
THREADS = 2


def body_template(size):
    """a body of so many bytes, with @ID@ (36 bytes wide) where its number is"""
    with open(PAYLOAD, encoding='utf-8') as f:
        payload = json.load(f)
    if size < 1800:
        # what every event has
        payload = {name: payload[name] for name in ('type', 'webhook',
                                                    'workflow')}
    now = datetime.datetime.now(datetime.timezone.utc)
    payload['happened_at'] = now.strftime('%Y-%m-%dT%H:%M:%S.000Z')
    payload['id'] = '@ID@'
    payload['note'] = ''
    text = json.dumps(payload, separators=(',', ':'))
    payload['note'] = 'x' * (size - len(text) - 36 + len('@ID@'))
    text = json.dumps(payload, separators=(',', ':'))
    return text.encode()


def body(template, number):
    return template.replace(b'@ID@', str(uuid.UUID(int=number)).encode())


def signature(content, secret=SECRET):
    """what CircleCI sends, and for webhook, which strips only sha256="""
    mac = hmac.new(secret, content, hashlib.sha256).hexdigest()
    return f'v1={mac},sha256={mac}'


def prepare(path, count, size=2048, secret=SECRET):
    """files PATH.0, PATH.1, …, one for each thread of wrk"""
    template = body_template(size)
    assert len(body(template, 1)) == size
    first = uuid.uuid4().int & ~0xffffffff
    files = [open(f'{path}.{i}', 'wb') for i in range(THREADS)]
    for number in range(count):
        content = body(template, first + number)
        request = (b'Host: bench\r\nContent-Type: application/json\r\n'
                   b'circleci-event-type: workflow-completed\r\n'
                   b'circleci-signature: %s\r\nContent-Length: %d\r\n\r\n%s'
                   % (signature(content, secret).encode(), len(content),
                      content))
        files[number % THREADS].write(b'%d\n%s' % (len(request), request))
    for file in files:
        file.close()


def send(url, path, events, seconds, connections=32, pause_ms=None):
    """what wrk found, as a dict; the replies that came, per second too"""
    command = ['wrk', f'-t{min(THREADS, connections)}', f'-c{connections}',
               f'-d{seconds}s', '--timeout', '15s', '-s',
               HERE + '/events.lua', url, '--', path, events]
    if pause_ms is not None:
        command.append(str(pause_ms))
    output = subprocess.run(command, stdout=subprocess.PIPE, check=True,
                            text=True).stdout
    for line in output.splitlines():
        if line.startswith('RESULT '):
            result = json.loads(line[len('RESULT '):])
            break
    else:
        raise RuntimeError('wrk said: ' + output)
    result['per_s'] = result['replies'] / result['seconds']
    return result
