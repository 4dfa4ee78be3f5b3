/** Why something is not shown as it is. */
export function UnreadableNote({ title, error }: { title: string; error: string }) {
  return (
    <div role="alert" className="mt-4 rounded-lg border border-down/40 bg-down/8 px-4 py-3 text-sm">
      <p className="font-semibold">{title}</p>
      <p className="mt-0.5 break-words text-ink-soft text-xs first-letter:uppercase">{error}</p>
    </div>
  );
}
