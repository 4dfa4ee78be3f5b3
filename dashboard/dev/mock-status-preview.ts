/** What a status page looks like in the mock: about as the server renders it, and no more than that. */
import type { State, StatusComponent, StatusPage } from '../src/api/models';

const STATES: Record<State, [string, string]> = {
  up: ['Operational', '#2fa765'],
  degraded: ['Degraded performance', '#e39b1b'],
  down: ['Major outage', '#dc3440'],
  pending: ['Unknown', '#8a938d'],
  paused: ['Unknown', '#8a938d'],
};

const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

function bars(days: number, seed: number): string {
  const bar = (day: number) => {
    const bad = (day * 7 + seed * 13) % 41 === 0;
    return `<i style="background:${bad ? '#dc3440' : '#2fa765'}"></i>`;
  };
  return `<div class="bars">${Array.from({ length: days }, (_, day) => bar(day)).join('')}</div>`;
}

function component(page: StatusPage, each: StatusComponent): string {
  const [label, colour] = STATES[each.monitor_state ?? 'up'];
  const uptime = each.show_uptime && each.monitor_id !== null ? '<small>99.93%</small>' : '';
  return `<li><div class="row"><div><b>${escaped(each.name)}</b>${
    each.description ? `<p>${escaped(each.description)}</p>` : ''
  }</div><span style="color:${colour}">${label}</span></div>${
    each.show_history ? bars(page.history_days, each.id) : ''
  }${uptime}</li>`;
}

const STYLE = `:root{color-scheme:light dark;--bg:light-dark(#fff,#111417);--fg:light-dark(#14181b,#e9edeb);--soft:light-dark(#59626a,#9ba6ab);--line:light-dark(#dfe3de,#2a3136)}
body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}main{max-width:50rem;margin:0 auto;padding:2.5rem 1.25rem}
h1{margin:0 0 .5rem}p{margin:.1rem 0;color:var(--soft)}a{color:var(--accent)}ul{list-style:none;margin:.5rem 0 1.5rem;padding:0;border:1px solid var(--line);border-radius:.75rem}
li{padding:.9rem 1.1rem}li+li{border-top:1px solid var(--line)}.row{display:flex;justify-content:space-between;gap:1rem}.row span{font-weight:600;white-space:nowrap}
.bars{display:flex;gap:2px;margin-top:.6rem;height:28px}.bars i{flex:1;border-radius:2px}small{color:var(--soft)}.all{margin:1.5rem 0;padding:1rem 1.1rem;border-radius:.75rem;color:#fff;font-weight:600}summary{font-weight:600;cursor:pointer}img{max-height:48px;margin-bottom:1rem}`;

export function previewOf(page: StatusPage): string {
  const components = page.groups.flatMap((group) => group.components);
  const isDown = components.some((each) => each.monitor_state === 'down');
  const groups = page.groups.map((group) => {
    const items = `<ul>${group.components.map((each) => component(page, each)).join('')}</ul>`;
    if (group.components.length === 0) return '';
    return group.name
      ? `<details${group.is_open ? ' open' : ''}><summary>${escaped(group.name)}</summary>${items}</details>`
      : items;
  });
  const scheme = page.theme === 'auto' ? 'light dark' : page.theme;
  return `<!doctype html><html lang="${page.locale}"><meta charset="utf-8"><style>${STYLE}:root{--accent:${page.accent_colour};color-scheme:${scheme}}</style><main><h1 class="brand">${escaped(page.title)}</h1><p>${escaped(page.description ?? '')}</p><div class="all" style="background:${
    isDown ? '#c11f2b' : '#12763d'
  }">${isDown ? 'Some systems are down' : 'All systems operational'}</div>${groups.join('')}<p>${
    page.contact_url ? `<a href="${escaped(page.contact_url)}">Contact</a>` : ''
  }</p></main></html>`;
}
