/** Starts the setup page. */
import { render } from 'preact';
import { begin } from './device.ts';
import { Page } from './page.tsx';
import { recallLanguage } from './words/say.ts';

recallLanguage();
begin();

const place = document.getElementById('page');
if (place) render(<Page />, place);
