import { Link } from '@tanstack/react-router';
import { History } from 'lucide-react';
import { backtestMessages as messages } from '@/messages/backtest';
import { buttonClass } from '../button';

/** Leads to trying something on past incidents. */
export function BacktestLink() {
  return (
    <Link to="/alerting/backtest" className={buttonClass()}>
      <History className="size-4" aria-hidden />
      {messages.link}
    </Link>
  );
}
