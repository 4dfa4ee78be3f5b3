import { useEffect } from 'react';
import { setOngoingInTitle } from '@/lib/document-title';
import downIcon from './favicon-down.svg';

const iconLink = () => document.querySelector<HTMLLinkElement>('link[rel=icon]');

/** What the tab of the browser says while another one is looked at: how many incidents go on. */
export function useTabSignal(ongoing: number): void {
  useEffect(() => {
    setOngoingInTitle(ongoing);
    return () => setOngoingInTitle(0);
  }, [ongoing]);
  const isRed = ongoing > 0;
  useEffect(() => {
    const link = iconLink();
    if (!link || !isRed) return;
    const usual = link.href;
    link.href = downIcon;
    return () => {
      link.href = usual;
    };
  }, [isRed]);
}
