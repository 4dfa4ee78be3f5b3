/** Mock tags: those of the monitors, and those that were created. */
import type { Tag } from '../src/api/models';
import { tagColourValues } from '../src/api/schema';
import * as data from './mock-data';
import { fail, found, list, on } from './mock-routes';

type Stored = Pick<Tag, 'id' | 'name' | 'colour' | 'version'>;

const tags: Stored[] = [];

function addTag(name: string, colour?: Tag['colour'] | null): Stored {
  const id = data.nextId();
  const tag = {
    id,
    name,
    colour: colour ?? tagColourValues[id % tagColourValues.length] ?? 'grey',
    version: 1,
  };
  tags.push(tag);
  return tag;
}

const counted = (tag: Stored): Tag => ({
  ...tag,
  monitors: [...data.monitors.values()].filter((monitor) => monitor.tags.includes(tag.name)).length,
});

/** All of them; a tag that a monitor was given is created by that. */
export function allTags(): Stored[] {
  for (const name of [...data.monitors.values()].flatMap((monitor) => monitor.tags)) {
    if (!tags.some((tag) => tag.name === name)) addTag(name);
  }
  return tags.sort((a, b) => a.name.localeCompare(b.name));
}

function replaceEverywhere(name: string, by: string[]): void {
  for (const monitor of data.monitors.values()) {
    monitor.tags = monitor.tags.flatMap((each) => (each === name ? by : [each]));
  }
}

function checkName(name: string, id?: number): void {
  const isTaken = allTags().some((tag) => tag.id !== id && tag.name.toLowerCase() === name.toLowerCase());
  if (isTaken) fail(409, 'there is such a tag already', [{ field: 'name', message: 'is taken' }]);
}

const byId = (id: string) => found(allTags().find((tag) => tag.id === Number(id)));

on('get', '/tags', () => list(allTags().map(counted)));
on('post', '/tags', ({ body: { name, colour } }) => {
  checkName(name ?? '');
  return counted(addTag(name ?? '', colour));
});
on('patch', '/tags/{id}', ({ id, body }) => {
  const tag = byId(id);
  const name = body.name ?? tag.name;
  checkName(name, tag.id);
  replaceEverywhere(tag.name, [name]);
  return counted(Object.assign(tag, { name, colour: body.colour ?? tag.colour, version: tag.version + 1 }));
});
on('delete', '/tags/{id}', ({ id }) => {
  const tag = byId(id);
  replaceEverywhere(tag.name, []);
  tags.splice(tags.indexOf(tag), 1);
  return undefined;
});
