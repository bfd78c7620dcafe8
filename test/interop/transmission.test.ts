import { transmission } from './clients.ts';
import { describePlantedDownload } from './planted-download.ts';

describePlantedDownload(transmission);
