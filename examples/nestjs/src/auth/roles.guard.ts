import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';

// region roles
/** Whoever has one of these roles may. */
export const Roles = Reflector.createDecorator<string[]>();

/** Comes after the guard that knows the user. */
@Injectable()
export class RolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const wanted = this.reflector.getAllAndOverride(Roles, [context.getHandler(), context.getClass()]);
    if (!wanted) return true;
    const held: string[] = context.switchToHttp().getRequest().user?.roles ?? [];
    return wanted.some((role) => held.includes(role));
  }
}
// endregion roles
