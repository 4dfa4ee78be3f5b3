import type { ComponentType } from 'react';
import type { MonitorKind } from '@/api/models';
import type { Form } from '../use-fields';
import { DnsMain, DnsOptions } from './dns-fields';
import { HeartbeatMain, HeartbeatOptions } from './heartbeat-fields';
import { HttpOptions } from './http-fields';
import { IcmpOptions } from './icmp-fields';
import { TcpOptions } from './tcp-fields';
import { TlsMain, TlsOptions } from './tls-fields';

interface KindSections {
  /** The essential settings, below the address. */
  Main?: ComponentType<{ form: Form }>;
  /** The optional settings, folded. */
  Options: ComponentType<{ form: Form }>;
}

/** The fields of each kind in the form of a monitor. */
export const KIND_SECTIONS: Record<MonitorKind, KindSections> = {
  http: { Options: HttpOptions },
  tcp: { Options: TcpOptions },
  icmp: { Options: IcmpOptions },
  dns: { Main: DnsMain, Options: DnsOptions },
  tls: { Main: TlsMain, Options: TlsOptions },
  heartbeat: { Main: HeartbeatMain, Options: HeartbeatOptions },
};
