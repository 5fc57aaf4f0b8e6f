import { Injectable, UnauthorizedException } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { passportJwtSecret } from 'jwks-rsa';
import { ExtractJwt, type SecretOrKeyProvider, Strategy } from 'passport-jwt';
import { setting } from '../settings';
import { calmFetcher } from './jwks';
import type { User } from './user';

const ALGORITHM = 'ES256';
const TYPE = 'at+jwt';
const LEEWAY = 5;
const LONGEST_LIFE = 900;

// region strategy
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) {
  constructor() {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: keyOf(setting('JWKS_URL')),
      algorithms: [ALGORITHM],
      issuer: setting('ISSUER'),
      audience: setting('AUDIENCE'),
      jsonWebTokenOptions: { clockTolerance: LEEWAY },
    });
  }

  /** What jsonwebtoken leaves unchecked: a token without `exp` would be good for ever, and one without `sub` be nobody's. */
  validate({ sub, exp, iat, roles = [] }: Record<string, unknown>): User {
    const now = Math.floor(Date.now() / 1000);
    const timely = isTime(exp) && isTime(iat) && iat <= now + LEEWAY && exp > iat && exp - iat <= LONGEST_LIFE;
    if (!timely || !isText(sub) || !Array.isArray(roles) || !roles.every(isText)) throw new UnauthorizedException();
    return { id: sub, roles };
  }
}
// endregion strategy

// region key
/** The public key that a token names. Its header says nothing else that is obeyed, and must be as Signet writes it. */
function keyOf(jwksUri: string): SecretOrKeyProvider {
  const published = passportJwtSecret({ jwksUri, cache: true, cacheMaxAge: 300_000, fetcher: calmFetcher() });
  return (request, token: string, done) => {
    const { alg, typ, kid, crit, b64 } = headerOf(token);
    const isOurs = alg === ALGORITHM && typ === TYPE && isText(kid) && crit === undefined && b64 === undefined;
    if (!isOurs) return done(new Error('not one of our tokens'));
    published(request, token, done);
  };
}

function headerOf(token: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(Buffer.from(token.split('.', 1)[0], 'base64url').toString()));
  } catch {
    return {};
  }
}
// endregion key

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isTime = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
