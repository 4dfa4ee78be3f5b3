import { common } from '@/messages/common';

export function Brand() {
  return (
    <span className="inline-flex items-center gap-2.5 font-semibold tracking-tight">
      <svg viewBox="0 0 20 18" className="h-4.5 w-5" aria-hidden="true">
        <rect x="0" y="7" width="3.5" height="11" rx="1.75" className="fill-up-fill" />
        <rect x="5.5" y="4" width="3.5" height="14" rx="1.75" className="fill-up-fill" />
        <rect x="11" y="0" width="3.5" height="18" rx="1.75" className="fill-down-fill" />
        <rect x="16.5" y="6" width="3.5" height="12" rx="1.75" className="fill-up-fill" />
      </svg>
      {common.productName}
    </span>
  );
}
