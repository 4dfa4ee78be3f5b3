import { CopyLine } from '@/components/copy';
import { callbackMessages as messages } from '../messages';
import type { FieldsProps } from './kind-form';

/** Where the service of a channel reports what became of messages, to be entered there. */
export function CallbackNote({ channel }: FieldsProps) {
  const callback = channel?.callback;
  if (!callback) return null;
  return (
    <div className="grid gap-2 text-ink-soft text-sm">
      <p className="text-pretty">{messages.about}</p>
      <dl className="grid gap-2">
        {[
          { label: messages.url, text: callback.url, copy: messages.copyUrl },
          { label: messages.token, text: callback.verify_token, copy: messages.copyToken },
        ].map(({ label, text, copy }) => (
          <div key={label}>
            <dt className="font-medium">{label}</dt>
            <dd className="text-ink text-xs">
              <CopyLine text={text} label={copy} />
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
