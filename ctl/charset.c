/* Selects the character set that the libraries for terminals use. */
#include <locale.h>
#include <stdlib.h>

#include "charset.h"

void charset_begin(void) {
        setlocale(LC_CTYPE, "");
        if (MB_CUR_MAX == 1)
                setlocale(LC_CTYPE, "C.UTF-8");
}
