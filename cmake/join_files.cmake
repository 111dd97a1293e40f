# -DOUT=file "-DFILES=a b c" -P: writes the files one after the other, a form feed after each.
separate_arguments(FILES)
file(WRITE ${OUT} "")
foreach(name ${FILES})
  file(READ ${name} text)
  file(APPEND ${OUT} "${text}")
  string(ASCII 12 feed)
  file(APPEND ${OUT} "${feed}")
endforeach()
