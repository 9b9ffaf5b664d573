/** What listr2's tasks look like in a frame: a line for each, the last words of the first below them. */
import { ListrTaskEventType, type ListrRenderer, type ListrTaskObject } from 'listr2';
import { printableLine } from '../../printable.js';
import { Frame } from './frame.js';

/** What happened last stays in sight; the journal keeps all of it. */
const NEWS_LINES = 6;
const FRAME_MS = 100;
const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

type Task = ListrTaskObject<object, typeof FrameRenderer, typeof FrameRenderer>;

export class FrameRenderer implements ListrRenderer {
  static readonly nonTTY: boolean = true;
  static readonly rendererOptions = {};
  static readonly rendererTaskOptions = {};

  readonly #frame = new Frame(process.stderr);
  #clock: NodeJS.Timeout | null = null;
  #news: string[] = [];

  constructor(private readonly tasks: Task[]) {}

  readonly render = (): void => {
    this.tasks[0]?.on(ListrTaskEventType.OUTPUT, (line) => {
      this.#news = [...this.#news, line.trimEnd()].slice(-NEWS_LINES);
    });
    this.#clock = setInterval(() => this.#frame.draw(this.#lines()), FRAME_MS);
  };

  readonly end = (): void => {
    if (this.#clock !== null) clearInterval(this.#clock);
    this.#frame.end(this.#lines());
  };

  #lines(): string[] {
    const turn = SPINNER[Math.floor(performance.now() / FRAME_MS) % SPINNER.length] ?? '';
    // listr2 makes the list with the first subtask: before that there is none, whatever its types say.
    const all = this.tasks.flatMap((task) => (task.hasSubtasks() ? [task, ...task.subtasks] : [task]));
    const lines = all.map((task) => {
      const mark = task.isCompleted() ? '✔' : task.hasFailed() ? '✖' : turn;
      return `${mark} ${task.title ?? ''}`;
    });
    return [...lines, ...this.#news.map((line) => `  ${line}`)].map(printableLine);
  }
}
