#!/usr/bin/env python3
"""verify_receipt.py RECEIPT|ROOT SIGN_PUBLIC - is it what the province signed? Python 3 alone; Ed25519: RFC 8032."""
import base64, hashlib, re, sys

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
FORM = rb"(tonghop-(?:receipt|root): 1\ncode: (.+)\n(province: (.+)\n(?:[a-z]+: .+\n)+)key: (.+)\n)signature: ([\w+/]{86}==)\n"

def point(data):  # 32 bytes -> (x, y) on the curve, or None
    y, odd = int.from_bytes(data, "little") & (2**255 - 1), data[31] >> 7
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(x2, (P + 3) // 8, P)
    x = x if x * x % P == x2 else x * pow(2, (P - 1) // 4, P) % P
    return None if y >= P or x * x % P != x2 or x < odd else (x if x % 2 == odd else P - x, y)

def add(a, b):
    t = D * a[0] * b[0] * a[1] * b[1]
    return ((a[0] * b[1] + b[0] * a[1]) * pow(1 + t, -1, P) % P, (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, -1, P) % P)

def times(n, a, total=(0, 1)):
    for bit in reversed(range(n.bit_length())):
        total = add(add(total, total), a) if n >> bit & 1 else add(total, total)
    return total

def signed_by(key, content, signature):
    a, r, s = point(key), point(signature[:32]), int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + content).digest(), "little") % L
    base = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    return a is not None and r is not None and s < L and times(s, base) == add(r, times(k, a))

def short(data, count):  # the first bits of its BLAKE2b-256, five a character, in groups of four
    number = int.from_bytes(hashlib.blake2b(data, digest_size=32).digest(), "big")
    return "-".join("".join(CROCKFORD[number >> 251 - 5 * (at + i) & 31] for i in range(4)) for at in range(0, count, 4))

def flaw_of(text, z85):  # None: text (bytes) is genuine under this key
    match = re.fullmatch(FORM, text)
    if match is None: return "neither a receipt nor a root"
    content, code, body, province, named, signature = match.groups()
    fives = [sum(Z85.index(c) * 85**(4 - i) for i, c in enumerate(z85[at:at + 5])) for at in range(0, 40, 5)]
    key = b"".join(five.to_bytes(4, "big") for five in fives)
    if named != short(key, 12).encode(): return "signed with another key"
    if code != province + b"-" + short(body, 8).encode(): return "the code does not belong to the rest"
    return None if signed_by(key, content, base64.b64decode(signature)) else "the signature does not belong to the content"

if __name__ == "__main__":
    sys.exit(flaw_of(open(sys.argv[1], "rb").read(), open(sys.argv[2]).read().strip()) or print("genuine"))
