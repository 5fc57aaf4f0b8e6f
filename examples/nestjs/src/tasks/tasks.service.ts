import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';

export interface Task {
  id: string;
  owner: string;
  title: string;
}

/** Tasks, kept in memory. */
@Injectable()
export class TasksService {
  private readonly tasks: Task[] = [];

  add(owner: string, title: string): Task {
    const task = { id: randomUUID(), owner, title };
    this.tasks.push(task);
    return task;
  }

  of(owner: string): Task[] {
    return this.tasks.filter((task) => task.owner === owner);
  }

  all(): Task[] {
    return this.tasks;
  }
}
