// Advice to the kernel on memory that JavaScript holds.
#define _GNU_SOURCE
#include "memory.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

napi_value prefer_huge_pages(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  void *data = NULL;
  size_t length = 0;
  napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
  napi_get_arraybuffer_info(env, argument, &data, &length);
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  const uintptr_t start = ((uintptr_t)data + page - 1) & ~(page - 1);
  const uintptr_t end = ((uintptr_t)data + length) & ~(page - 1);
  if (start < end) madvise((void *)start, end - start, MADV_HUGEPAGE);  // a kernel without them ignores it
  return NULL;
}
