import type { MonitorInput, MonitorKind } from '@/api/models';
import { dns } from './dns-schema';
import { heartbeat } from './heartbeat-schema';
import { http } from './http-schema';
import { icmp } from './icmp-schema';
import type { KindSchema } from './kind-schema';
import { tcp } from './tcp-schema';
import { tls } from './tls-schema';

/** How the form of each kind works. */
export const KIND_SCHEMAS = { http, tcp, icmp, dns, tls, heartbeat } satisfies {
  [K in MonitorKind]: KindSchema<NonNullable<MonitorInput[K]>>;
};
