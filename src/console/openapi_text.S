/* docs/openapi.yaml as bytes. */
    .section .rodata
    .global weir_openapi_begin
    .global weir_openapi_end
weir_openapi_begin:
    .incbin "../docs/openapi.yaml"  /* from src/, which is an include folder */
weir_openapi_end:
    .byte 0
    .section .note.GNU-stack,"",@progbits
