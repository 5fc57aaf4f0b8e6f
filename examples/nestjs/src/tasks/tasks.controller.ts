import { BadRequestException, Body, Controller, Get, Post } from '@nestjs/common';
import { Roles } from '../auth/roles.guard';
import { CurrentUser, type User } from '../auth/user';
import { TasksService } from './tasks.service';

// region controller
@Controller('tasks')
export class TasksController {
  constructor(private readonly tasks: TasksService) {}

  @Get()
  mine(@CurrentUser() user: User) {
    return this.tasks.of(user.id);
  }

  @Post()
  add(@CurrentUser() user: User, @Body() body?: { title?: unknown }) {
    if (typeof body?.title !== 'string' || !body.title) throw new BadRequestException('title must be a text');
    return this.tasks.add(user.id, body.title);
  }

  @Get('all')
  @Roles(['admin'])
  all() {
    return this.tasks.all();
  }
}
// endregion controller
