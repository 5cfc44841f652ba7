/** Starts the page. */
import { render } from 'preact';
import { Page } from './page.tsx';
import { recallChoices } from './shell/choices.ts';
import { listenForInstall } from './shell/install.ts';
import { listenToAddress } from './shell/navigation.ts';
import { meetDevice } from './shell/person.ts';
import { listenToKeys } from './shell/shortcuts.tsx';

recallChoices();
listenToAddress();
listenToKeys();
listenForInstall();
void meetDevice();

const place = document.getElementById('page');
if (place) render(<Page />, place);
