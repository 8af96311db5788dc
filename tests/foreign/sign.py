#!/usr/bin/python3
"""sign.py: requests signed by others, as one JSON text: Drone's by Debian's
python3-httpsig and by openssl dgst, CircleCI's by openssl dgst and by Python's
own hmac. Beside each, one with something changed behind the signer's back."""
import base64
import hashlib
import hmac
import json
import random
import subprocess

import httpsig.sign

DATE = 'Sun, 22 Nov 2026 04:37:44 GMT'
RANDOM = random.Random(20261122)    # the same every time
cases = []


def case(provider, secret, headers, body, good, target='/hook'):
    cases.append({'provider': provider, 'secret': secret, 'target': target,
                  'headers': ''.join(f'{k}: {v}\r\n'
                                     for k, v in headers.items()),
                  'body': base64.b64encode(body).decode(), 'good': good})


def digest(body, name='SHA-256'):
    return f'{name}=' + base64.b64encode(hashlib.sha256(body).digest()).decode()


def openssl(secret, text, *how):
    return subprocess.run(['openssl', 'dgst', '-sha256', '-hmac', secret, *how],
                          input=text, stdout=subprocess.PIPE,
                          check=True).stdout


def by_httpsig(secret, body, listed, sign_header, algorithm='hmac-sha256'):
    headers = {'Host': 'ci.example.org', 'Date': DATE, 'Digest': digest(body),
               'Content-Type': 'application/json', 'X-Empty': ''}
    signer = httpsig.sign.HeaderSigner('a key', secret, algorithm=algorithm,
                                       headers=listed, sign_header=sign_header)
    return dict(signer.sign(headers, method='POST', path='/hook?a=b'))


def drone_by_httpsig():
    secret = 'bea26a2221fd8090ea38720fc445eca6'
    for listed in (['date', 'digest'], ['Digest', 'Date'],
                   ['(request-target)', 'host', 'date', 'digest'],
                   ['digest', 'content-type', 'x-empty', 'date']):
        for sign_header in ('Signature', 'Authorization'):
            body = RANDOM.randbytes(RANDOM.randrange(2000))
            signed = by_httpsig(secret, body, listed, sign_header)
            case('drone', secret, signed, body, True, '/hook?a=b')
            case('drone', secret + 'x', signed, body, False, '/hook?a=b')
            case('drone', secret, signed, body + b' ', False, '/hook?a=b')
            case('drone', secret, dict(signed, Digest=digest(body + b' ')),
                 body + b' ', False, '/hook?a=b')
            case('drone', secret, dict(signed, Date=DATE.replace(
                '44', '45')), body, False, '/hook?a=b')
            case('drone', secret, signed, body,
                 '(request-target)' not in listed, '/hook?a=c')
    for listed in (['date'], ['digest'], ['host', 'date']):
        signed = by_httpsig(secret, b'{}', listed, 'Signature')
        case('drone', secret, signed, b'{}', False, '/hook?a=b')
    for algorithm in ('hmac-sha1', 'hmac-sha512'):
        signed = by_httpsig(secret, b'{}', ['date', 'digest'], 'Signature',
                            algorithm)
        case('drone', secret, signed, b'{}', False, '/hook?a=b')


def drone_by_openssl():
    for secret in ('s', 'k' * 63, 'k' * 64, 'k' * 65, 'k' * 300, 'p w=&"'):
        body = RANDOM.randbytes(RANDOM.randrange(5000))
        headers = {'date': DATE, 'digest': digest(body, 'sha-256')}
        text = '\n'.join(f'{k}: {v}' for k, v in headers.items())
        mac = base64.b64encode(openssl(secret, text.encode(),
                                       '-binary')).decode()
        headers['signature'] = ('headers="date digest", keyId="", '
                                f'signature="{mac}"')
        case('drone', secret, headers, body, True)
        case('drone', secret, headers, body[1:], False)


def circleci():
    for secret in ('s', 'k' * 63, 'k' * 64, 'k' * 65, 'k' * 300, 'p w=&"'):
        for size in (0, 1, 55, 56, 63, 64, 65, 1000, 70000):
            body = RANDOM.randbytes(size)
            mac = openssl(secret, body, '-r').split()[0].decode()
            assert mac == hmac.new(secret.encode(), body, 'sha256').hexdigest()
            case('circleci', secret, {'circleci-signature': 'v1=' + mac}, body,
                 True)
            case('circleci', secret, {'circleci-signature': 'v1=' + mac},
                 body + b'\0', False)
            case('circleci', secret + 'x', {'circleci-signature': 'v1=' + mac},
                 body, False)


drone_by_httpsig()
drone_by_openssl()
circleci()
print(json.dumps(cases))
