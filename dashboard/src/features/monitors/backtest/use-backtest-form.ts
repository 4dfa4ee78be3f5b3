import { zodResolver } from '@hookform/resolvers/zod';
import { useForm } from 'react-hook-form';
import { z } from '@/lib/zod';
import {
  type BacktestForm,
  type BacktestValues,
  backtestSchema,
  NEW_BACKTEST,
  onlyShown,
} from './backtest-schema';

const schema = z.custom<BacktestForm>().transform(onlyShown).pipe(backtestSchema);

export function useBacktestForm() {
  return useForm<BacktestForm, unknown, BacktestValues>({
    resolver: zodResolver(schema),
    defaultValues: NEW_BACKTEST,
  });
}

export type Form = ReturnType<typeof useBacktestForm>;
