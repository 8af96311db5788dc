"""Signs as the senders do; with other people's code where there is some, so
that what is tested does not vouch for itself."""
import base64
import email.utils
import hashlib
import hmac
import subprocess
import tempfile
import time
import uuid

import httpsig

from harness import CIRCLECI_SECRET, CUSTOM_SECRET, DISCORD_KEY, DRONE_SECRET


def http_date(offset_s=0):
    return email.utils.formatdate(time.time() + offset_s, usegmt=True)


def digest(body):
    return 'SHA-256=' + base64.b64encode(
        hashlib.sha256(body).digest()).decode()


def openssl_hmac(key, message):
    return subprocess.run(
        ['openssl', 'dgst', '-sha256', '-mac', 'HMAC', '-macopt',
         'hexkey:' + key.hex(), '-binary'],
        input=message, stdout=subprocess.PIPE, check=True).stdout


def github(body, secret, event='push'):
    """the headers that GitHub sends"""
    return [('Content-Type', 'application/json'), ('X-GitHub-Event', event),
            ('X-GitHub-Delivery', str(uuid.uuid4())),
            ('X-Hub-Signature-256', 'sha256=' + hmac.new(
                secret, body, 'sha256').hexdigest())]


def drone_lines(date, digest_value, mac, event='build'):
    return [('Content-Type', 'application/json'), ('Date', date),
            ('Digest', digest_value),
            ('Signature', 'keyId="hmac-key",algorithm="hmac-sha256",signature="'
             + base64.b64encode(mac).decode() + '",headers="date digest"')
            ] + ([('X-Drone-Event', event)] if event else [])


def drone(body, secret=DRONE_SECRET, event='build', offset_s=0):
    """the headers that Drone sends"""
    date, covered = http_date(offset_s), digest(body)
    mac = hmac.digest(secret, f'date: {date}\ndigest: {covered}'.encode(),
                      'sha256')
    return drone_lines(date, covered, mac, event)


def drone_by_openssl(body):
    date, covered = http_date(), digest(body)
    return drone_lines(date, covered, openssl_hmac(
        DRONE_SECRET, f'date: {date}\ndigest: {covered}'.encode()))


def drone_by_httpsig(body, signed=('date', 'digest'), path=None):
    """by python3-httpsig, which puts it into Authorization"""
    headers = {'Date': http_date(), 'Digest': digest(body)}
    signer = httpsig.HeaderSigner('hmac-key', DRONE_SECRET.decode(),
                                  algorithm='hmac-sha256',
                                  headers=list(signed))
    return [('Content-Type', 'application/json'), ('X-Drone-Event', 'build'),
            *signer.sign(headers, method='POST', path=path).items()]


def circleci(body, secret=CIRCLECI_SECRET, event='workflow-completed'):
    mac = hmac.new(secret, body, 'sha256').hexdigest()
    return [('Content-Type', 'application/json'),
            ('User-Agent', 'CircleCI-Webhook/1.0'),
            ('circleci-event-type', event),
            ('circleci-signature', 'v1=' + mac)]


def discord(body, offset_s=0):
    at = str(int(time.time()) + offset_s)
    with tempfile.NamedTemporaryFile() as key, \
            tempfile.NamedTemporaryFile() as text:
        key.write(DISCORD_KEY)
        key.flush()
        text.write(at.encode() + body)
        text.flush()
        made = subprocess.run(
            ['openssl', 'pkeyutl', '-sign', '-rawin', '-keyform', 'DER',
             '-inkey', key.name, '-in', text.name],
            stdout=subprocess.PIPE, check=True).stdout
    return [('Content-Type', 'application/json'),
            ('X-Signature-Ed25519', made.hex()),
            ('X-Signature-Timestamp', at)]


def message(body, target):
    """by RFC 9421, of everything in the address that a proxy could change"""
    path, _, query = target.partition('?')
    covered = 'sha-256=:' + base64.b64encode(
        hashlib.sha256(body).digest()).decode() + ':'
    values = {'@method': 'POST', '@authority': 'example.org', '@path': path,
              '@query': '?' + query, '@request-target': target,
              '@target-uri': 'https://example.org' + target,
              'content-type': 'application/json', 'content-digest': covered}
    about = '(%s);created=%d;keyid="a"' % (
        ' '.join(f'"{name}"' for name in values), time.time())
    base = ''.join(f'"{name}": {value}\n' for name, value in values.items()) \
        + '"@signature-params": ' + about
    mac = hmac.digest(CUSTOM_SECRET, base.encode(), 'sha256')
    return [('Content-Type', 'application/json'),
            ('Content-Digest', covered), ('Signature-Input', 'a=' + about),
            ('Signature', f'a=:{base64.b64encode(mac).decode()}:')]
