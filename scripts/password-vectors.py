#!/usr/bin/env python3
"""Makes tests/vectors/passwords.json: hashes of a few passwords by the libraries that users come from.

    python3 -m venv /tmp/vectors
    /tmp/vectors/bin/pip install 'passlib==1.7.4' 'bcrypt==4.0.1' 'django==5.2.*' 'argon2-cffi==25.1.*' 'cryptography'
    /tmp/vectors/bin/python scripts/password-vectors.py > tests/vectors/passwords.json

The salts are fresh at each run: what is kept is one run's.
"""

import base64
import hashlib
import json
import os
import sys

import argon2
import bcrypt
import django
import passlib
from argon2.low_level import Type
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings
from passlib.hash import argon2 as passlib_argon2
from passlib.hash import bcrypt as passlib_bcrypt
from passlib.hash import bcrypt_sha256, pbkdf2_sha1, pbkdf2_sha256, pbkdf2_sha512, scrypt

settings.configure()
django.setup()
from django.contrib.auth import hashers  # noqa: E402

PASSWORDS = ["correct horse battery staple", "pässwörd ☃", "x" * 71, "y" * 72, "z" * 73, "é" * 40]

# The parameters and the case that Firebase publishes with its own implementation.
FIREBASE = {
    "signer_key": "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==",
    "salt_separator": "Bw==",
    "rounds": 8,
    "memory_cost": 14,
}
PUBLISHED = {
    "password": "user1password",
    "salt": "42xEC+ixf3L2lw==",
    "hash": "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
}


def firebase(password, salt, memory_cost, rounds):
    """Scrypt makes the key that encrypts the project's signer key: the outcome is the hash."""
    decoded = base64.b64decode
    salted = decoded(salt) + decoded(FIREBASE["salt_separator"])
    key = hashlib.scrypt(
        password.encode(), salt=salted, n=2**memory_cost, r=rounds, p=1, dklen=32, maxmem=2**28
    )
    encryptor = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor()
    sealed = encryptor.update(decoded(FIREBASE["signer_key"])) + encryptor.finalize()
    return base64.b64encode(sealed).decode()


def firebase_text(salt, hashed, memory_cost, rounds, own):
    own = f",ss={FIREBASE['salt_separator']},sk={FIREBASE['signer_key']}" if own else ""
    return f"$fbscrypt$v=1,n={memory_cost},r={rounds},p=1{own}${salt}${hashed}"



def kinds(password):
    """Each kind's name and a fresh hash of the password."""
    raw = password.encode()
    yield "argon2-cffi argon2id", argon2.PasswordHasher(time_cost=2, memory_cost=1024, parallelism=2).hash(password)
    yield "argon2-cffi argon2i", argon2.PasswordHasher(2, 512, 1, type=Type.I).hash(password)
    yield "argon2-cffi argon2d", argon2.PasswordHasher(2, 512, 1, type=Type.D).hash(password)
    old = argon2.low_level.hash_secret(raw, os.urandom(16), 2, 256, 1, 32, Type.I, version=16)
    yield "argon2-cffi argon2i v=16", old.decode()
    yield "passlib argon2", passlib_argon2.using(type="ID", rounds=2, memory_cost=512, parallelism=1).hash(password)
    yield "bcrypt 2b", bcrypt.hashpw(raw, bcrypt.gensalt(5)).decode()
    yield "bcrypt 2a", bcrypt.hashpw(raw, bcrypt.gensalt(4, prefix=b"2a")).decode()
    yield "passlib bcrypt 2y", passlib_bcrypt.using(rounds=4, ident="2y").hash(password)
    yield "passlib bcrypt_sha256 v2", bcrypt_sha256.using(rounds=5).hash(password)
    yield "passlib bcrypt_sha256 v1", bcrypt_sha256.using(rounds=5, version=1, ident="2a").hash(password)
    yield "passlib pbkdf2_sha1", pbkdf2_sha1.using(rounds=1300).hash(password)
    yield "passlib pbkdf2_sha256", pbkdf2_sha256.using(rounds=1200).hash(password)
    yield "passlib pbkdf2_sha512", pbkdf2_sha512.using(rounds=1100).hash(password)
    yield "passlib scrypt", scrypt.using(rounds=10, block_size=8, parallelism=2).hash(password)
    yield "django pbkdf2_sha256", hashers.PBKDF2PasswordHasher().encode(password, hashers.get_random_string(22), 1000)
    yield "django pbkdf2_sha1", hashers.PBKDF2SHA1PasswordHasher().encode(password, "s.alt-ed22characters", 1000)
    if len(raw) <= 72:
        yield "django bcrypt", hashers.BCryptPasswordHasher().encode(password, bcrypt.gensalt(4))
    yield "django bcrypt_sha256", hashers.BCryptSHA256PasswordHasher().encode(password, bcrypt.gensalt(4))
    light = hashers.ScryptPasswordHasher()
    yield "django scrypt", light.encode(password, hashers.get_random_string(22), n=2**10, r=8, p=5)
    light = hashers.Argon2PasswordHasher()
    light.time_cost, light.memory_cost, light.parallelism = 2, 512, 2
    yield "django argon2", light.encode(password, hashers.get_random_string(22))
    salt = base64.b64encode(os.urandom(10)).decode()
    hashed = firebase(password, salt, 10, 8)
    yield "firebase, parameters in the line", firebase_text(salt, hashed, 10, 8, True)
    yield "firebase, parameters of the project", firebase_text(salt, hashed, 10, 8, False)


def main():
    known = firebase(PUBLISHED["password"], PUBLISHED["salt"], 14, 8)
    assert known == PUBLISHED["hash"], "this makes Firebase's own hash"
    cases = [
        {"kind": kind, "password": password, "hash": hashed}
        for password in PASSWORDS
        for kind, hashed in kinds(password)
    ]
    text = firebase_text(PUBLISHED["salt"], PUBLISHED["hash"], 14, 8, True)
    cases.append({"kind": "firebase, as published", "password": PUBLISHED["password"], "hash": text})
    made_by = {
        "command": "scripts/password-vectors.py > tests/vectors/passwords.json",
        "passlib": passlib.__version__,
        "bcrypt": bcrypt.__version__,
        "django": django.get_version(),
        "argon2-cffi": argon2.__version__ if "__version__" in vars(argon2) else "25.1",
        "python": sys.version.split()[0],
    }
    json.dump({"made_by": made_by, "firebase": FIREBASE, "cases": cases}, sys.stdout, indent=1, ensure_ascii=False)
    print()


main()
