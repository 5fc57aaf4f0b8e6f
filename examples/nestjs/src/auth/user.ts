import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

/** Whose token the request came with. */
export interface User {
  id: string;
  roles: string[];
}

export const CurrentUser = createParamDecorator((_: unknown, context: ExecutionContext): User => context.switchToHttp().getRequest().user);
