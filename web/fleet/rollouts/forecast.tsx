/** What would happen: to how many, to whom first, how many bytes, and who is left out and why. */
import type { RolloutForecast } from '@rockpool/protocol/update/rollout';
import { number, size } from '../../i18n/amounts.ts';
import { Icon } from '../../parts/icon.tsx';
import { count, say } from '../words/say.ts';
import { ProgressBar } from './progress.tsx';

/** So many names show who it is; the rest is a number. */
const mostNames = 5;

export function Forecast({ forecast, isStale }: { forecast: RolloutForecast; isStale: boolean }) {
  const { devices, waves, bytes, leftOut } = forecast;
  const left = leftOut.filter((one) => one.devices > 0);
  return (
    <div class={isStale ? 'foreseen panel-wait' : 'foreseen'} role="status">
      {isStale && <p class="caution">{say('forecast.stale')}</p>}
      {devices === 0 ? (
        <p class="forecast-head">{say('forecast.nobody')}</p>
      ) : (
        <>
          <p class="forecast-head">{count('forecast.devices', devices)}</p>
          <p class="note">{say('forecast.bytes', { size: size(bytes) })}</p>
          <ProgressBar waves={waves.map((wave) => ({ devices: wave.devices, counts: {} }))} />
          <ol class="forecast-waves">
            {waves.map((wave, place) => (
              <li key={place}>
                <span>{count('forecast.wave', wave.devices, { wave: number(place + 1) })}</span>
                <span class="note">{namesOf(wave)}</span>
              </li>
            ))}
          </ol>
        </>
      )}
      {left.length > 0 && (
        <>
          <h3 class="field-label">{say('forecast.leftOut')}</h3>
          <ul class="forecast-left">
            {left.map(({ why, devices: many }) => (
              <li key={why}>
                <Icon name="about" />
                <strong>{number(many)}</strong> <span>{say(`forecast.why.${why}`)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function namesOf({ devices, first }: RolloutForecast['waves'][number]): string {
  const names = first.slice(0, mostNames).join(', ');
  return devices > Math.min(first.length, mostNames) ? say('forecast.first', { names }) : names;
}
