"""Senders that are not of this project: requests signed by openssl (and where
it cannot, by Python's hmac), any part of which can be made wrongly."""
import base64
import datetime
import email.utils
import hashlib
import hmac
import subprocess

BODY = (b'{"event":"build","action":"updated","repo":{"slug":"a/b"},"build":'
        b'{"number":1,"status":"failure","message":"caf\xc3\xa9 a/b"}}')


def mac(key, message):
    """HMAC-SHA256 by another's hands; openssl has no empty keys"""
    if not key:
        return hmac.new(key, message, hashlib.sha256).digest()
    return subprocess.run(['openssl', 'dgst', '-sha256', '-mac', 'HMAC',
                           '-macopt', 'hexkey:' + key.hex(), '-binary'],
                          input=message, capture_output=True,
                          check=True).stdout


def sha256(data):
    return hashlib.sha256(data).digest()


def b64(data):
    return base64.b64encode(data).decode()


class Drone:
    def __init__(self, key, body=BODY):
        self.key = key
        self.body = body
        self.date = email.utils.formatdate(usegmt=True)
        self.digest = 'SHA-256=' + b64(sha256(body))
        self.header = 'Signature'
        self.more = 'X-Drone-Event: build\r\n'
        self.method = 'POST'
        self.type = 'application/json'

    def text(self):
        return f'date: {self.date}\ndigest: {self.digest}'.encode()

    def signature(self):
        return b64(mac(self.key, self.text()))

    def params(self):
        return (f'keyId="hmac-key",algorithm="hmac-sha256",'
                f'signature="{self.signature()}",headers="date digest"')

    def request(self):
        return (f'{self.method} /hook/drone HTTP/1.1\r\nHost: x\r\n'
                f'Content-Type: {self.type}\r\n'
                f'Content-Length: {len(self.body)}\r\n'
                f'Date: {self.date}\r\nDigest: {self.digest}\r\n'
                f'{self.header}: {self.params()}\r\n{self.more}'
                f'\r\n').encode() + self.body


def circleci_body():
    now = datetime.datetime.now(datetime.timezone.utc)
    return (b'{"type":"ping","id":"80c27ee8-c9bc-483c-bad4-a73880e2ce8f",'
            b'"happened_at":"%s","webhook":{"name":"a/b caf\xc3\xa9"}}'
            % now.strftime('%Y-%m-%dT%H:%M:%S.000000Z').encode())


def v1(key, body):
    return 'v1=' + mac(key, body).hex()


def circleci(signature, body):
    line = f'circleci-signature: {signature}\r\n' if signature else ''
    return (f'POST /circleci HTTP/1.1\r\nContent-Type: application/json\r\n'
            f'circleci-event-type: ping\r\n{line}\r\n').encode() + body


def custom(query='', headers=''):
    return f'POST /deploy{query} HTTP/1.1\r\n{headers}\r\n{{}}'.encode()
