/** Mock of the quiet hours of a person. */
import type { OwnQuietHours } from '../src/api/models';
import { on } from './mock-routes';

const quietHours: OwnQuietHours = { time_zone: 'UTC', windows: [], passes: 'critical' };
on('get', '/me/quiet-hours', () => quietHours);
on('put', '/me/quiet-hours', ({ body }) => Object.assign(quietHours, body));
