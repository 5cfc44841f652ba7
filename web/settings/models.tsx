/** What answers: name, size, context, digest. */
import type { ModelAbout } from '@rockpool/protocol/device';
import { number, size } from '../i18n/amounts.ts';
import { t } from '../i18n/language.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { ProblemLine } from '../parts/problem.tsx';
import { device } from '../shell/person.ts';
import { listModels } from '../wire/people.ts';
import { Card, Nothing } from './card.tsx';
import { useLoaded } from './loaded.ts';

export function Models() {
  const models = useLoaded(listModels);
  return (
    <>
      <p class="lead">{t('models.text')}</p>
      {models.problem && <ProblemLine problem={models.problem} retry={() => void models.again()} />}
      {models.value?.length === 0 && <Nothing icon="model" words={t('models.none')} />}
      {models.value?.map((model) => (
        <About key={model.id} model={model} />
      ))}
    </>
  );
}

function About({ model }: { model: ModelAbout }) {
  return (
    <Card>
      <div class="model-head">
        <h3 class="model-name">{model.label}</h3>
        {model.builtIn && <span class="tag">{t('models.builtIn')}</span>}
        {device.value?.model?.id === model.id && <span class="tag tag-tide">{t('models.inUse')}</span>}
      </div>
      <dl class="facts">
        <dt>{t('models.name')}</dt>
        <dd>
          <code>{model.id}</code>
        </dd>
        <dt>{t('models.file')}</dt>
        <dd>{model.file}</dd>
        <dt>{t('models.size')}</dt>
        <dd>{size(model.bytes)}</dd>
        <dt>{t('models.context')}</dt>
        <dd>{t('models.tokens', { n: number(model.contextTokens) })}</dd>
        <dt>{t('models.digest')}</dt>
        <dd class="digest">
          <code>{model.digest}</code>
          <CopyButton text={model.digest} label={t('act.copy')} />
        </dd>
      </dl>
      {model.builtIn && <p class="note">{t('models.small')}</p>}
    </Card>
  );
}
