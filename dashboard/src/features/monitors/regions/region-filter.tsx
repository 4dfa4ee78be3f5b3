import { useNavigate, useSearch } from '@tanstack/react-router';
import type { Monitor } from '@/api/models';
import { decidingRegions } from '@/api/regions';
import { Select } from '@/components/field';
import { regionTexts } from '@/messages/regions';
import { regionMessages as messages } from './messages';

/** Of which region results are shown; null is all of them, and the only choice where one region decides. */
export function useShownRegion(monitor: Monitor): string | null {
  const { region } = useSearch({ from: '/logged-in/monitors/$monitorId' });
  return region !== undefined && decidingRegions(monitor).includes(region) ? region : null;
}

/** Shows the results of one region or of all, in all charts and lists of the page. */
export function RegionFilter({ monitor, shown }: { monitor: Monitor; shown: string | null }) {
  const navigate = useNavigate({ from: '/monitors/$monitorId' });
  const regions = decidingRegions(monitor);
  if (regions.length === 0) return null;
  return (
    <div className="w-40">
      <Select
        aria-label={regionTexts.region}
        value={shown ?? ''}
        onChange={({ target }) => {
          void navigate({
            search: { region: target.value || undefined },
            replace: true,
            resetScroll: false,
          });
        }}
      >
        <option value="">{messages.all}</option>
        {regions.map((region) => (
          <option key={region} value={region}>
            {region}
          </option>
        ))}
      </Select>
    </div>
  );
}
