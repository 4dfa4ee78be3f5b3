/** Conditions in words, each for itself. */
export function ConditionChips({ texts }: { texts: readonly string[] }) {
  return (
    <ul className="flex min-w-0 flex-wrap content-start gap-1.5">
      {texts.map((text) => (
        <li
          key={text}
          className="max-w-full break-words rounded-md bg-sunken px-2 py-0.5 text-ink-soft text-xs leading-5"
        >
          {text}
        </li>
      ))}
    </ul>
  );
}
