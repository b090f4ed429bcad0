/* What the shared library shows. Everything that is not LASTBEAT_API is hidden in it. */
#ifndef LASTBEAT_EXPORT_H
#define LASTBEAT_EXPORT_H

#define LASTBEAT_API __attribute__((visibility("default")))
#define LASTBEAT_LOCAL __attribute__((visibility("hidden"))) /* a part of something that is */

#endif
