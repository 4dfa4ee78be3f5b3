import { z } from 'zod';

// zod would compile its schemas with `new Function`, which a strict content security policy refuses.
z.config({ jitless: true });

export { z };
