import { lastDays, backtestMessages as messages, PERIODS, type Period } from '@/messages/backtest';
import { SelectField } from '../field';

export function PeriodField({
  days,
  onChange,
  className,
}: {
  days: Period;
  onChange: (days: Period) => void;
  className?: string;
}) {
  return (
    <SelectField
      label={messages.period}
      className={className ?? ''}
      value={days}
      onChange={({ target }) => {
        const chosen = PERIODS.find((each) => String(each) === target.value);
        if (chosen) onChange(chosen);
      }}
    >
      {PERIODS.map((each) => (
        <option key={each} value={each}>
          {lastDays(each)}
        </option>
      ))}
    </SelectField>
  );
}
