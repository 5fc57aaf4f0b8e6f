import { type ExecutionContext, Injectable, ServiceUnavailableException, SetMetadata, UnauthorizedException } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { KeysUnavailable } from './jwks';

const PUBLIC = 'public';

/** Whoever asks may have it, without a token. */
export const Public = () => SetMetadata(PUBLIC, true);

// region guard
/** Stands before every route that is not marked `@Public()`. */
@Injectable()
export class JwtAuthGuard extends AuthGuard('jwt') {
  constructor(private readonly reflector: Reflector) {
    super();
  }

  canActivate(context: ExecutionContext) {
    return this.reflector.getAllAndOverride<boolean>(PUBLIC, [context.getHandler(), context.getClass()]) || super.canActivate(context);
  }

  handleRequest<T>(fault: unknown, user: T | false, info: unknown, context: ExecutionContext): T {
    if (!fault && user) return user;
    if (info instanceof KeysUnavailable) throw new ServiceUnavailableException(); // that is nobody's bad token
    context.switchToHttp().getResponse().setHeader('WWW-Authenticate', 'Bearer');
    throw new UnauthorizedException();
  }
}
// endregion guard
